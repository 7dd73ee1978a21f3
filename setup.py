"""What setup.cfg cannot say: beside the packages that are found, the recipes in configs/ travel as seqtasks.configs."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["seqtasks", "seqtasks.*"]), "seqtasks.configs"])
