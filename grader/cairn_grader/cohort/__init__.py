"""A class: many submissions of one lab, graded by one command, `grader/class`.

A submission becomes a set of files, and a set of files becomes a task that is named by its
content, so that the same work is never graded twice. An executor has the tasks done, here or on
a cluster; what it leaves behind lies in the class folder, and nowhere else.
"""
