"""Results in the formats of other programs.

All of them are made from the JSON document of report_json.py, "cairn.grade/1", and never from a
run itself, so that results can be exported again whenever they are needed:

- members, document: read and check a document; what came out of a guest is cleaned there.
- wording: a failure in words, which all formats share.
- gradebook, gradescope, autolab, github, junit, tap: a format each, as a pure function.
- command: `grader/export`.
"""
