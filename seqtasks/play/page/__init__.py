"""The files of the page. The view of a task is view.js beside the task's other files."""
