"""Files of images next to a file of their captions: where they lie, and what is wrong with them."""

from difflib import get_close_matches
from pathlib import Path

from seqtasks.images.image import Image, fault_of

_SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp")


class ImageFiles:
    """The images that a file of captions names: beside it or in a folder there, such as Images/ beside captions.txt.

    Of a file in a folder annotations/, as COCO has it, also those in the folders beside that one.
    """

    def __init__(self, path):
        """Takes the Path of the file of captions."""
        here = path.parent
        self._folders = [here, *_folders(here), *(_folders(here.parent) if here.name == "annotations" else [])]
        self._found = {}

    def image(self, name):
        """Returns the Image called `name`, relative to one of the folders, and None; or None and what is wrong with it.

        An image is opened, once, to see that it can be read.
        """
        if name not in self._found:
            self._found[name] = self._look(name)
        return self._found[name]

    def _look(self, name):
        path = next((folder / name for folder in self._folders if (folder / name).is_file()), None)
        if path is None:
            return None, f"no image '{name}' in {self._main()}; check the name{self._near(name)}"
        image = Image.of_file(path, name=name)
        try:
            fault = fault_of(image.read())
        except OSError as error:
            fault = f"it cannot be read: {error.strerror}"
        if fault:
            return None, f"image '{name}': {fault}"
        return image, None

    def _main(self):
        """Returns the folder that has the most images."""
        return max(self._folders, key=lambda folder: len(_images(folder)))

    def _near(self, name):
        names = {file.lower(): file for file in _images(self._main())}
        near = get_close_matches(name.lower(), names, n=1, cutoff=0.8)
        return f" (did you mean '{names[near[0]]}'?)" if near else ""

    def without_caption(self, named):
        """Returns the names of the images in the folder with the most of them that are not among those `named`."""
        return [name for name in _images(self._main()) if name not in named]


def _folders(folder):
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []


def _images(folder):
    return [path.name for path in sorted(Path(folder).iterdir()) if path.suffix.lower() in _SUFFIXES]
