"""Answering of many texts: lines in, lines out, of a pipe, of a file that may be continued, of files in a folder."""

from seqtasks.answering.file import AnswerFile
from seqtasks.answering.folder import FolderJob
from seqtasks.answering.lines import Form, answer_lines
from seqtasks.answering.reading import texts_in

__all__ = ["AnswerFile", "FolderJob", "Form", "answer_lines", "texts_in"]
