"""Results as pages for people: one for the class, and one for each submission.

Pages are made from the JSON documents of report_json.py. Each is one file that needs nothing
else: no network, no font, no script of anybody else. All that came out of a submission is data,
and becomes markup in one place only, markup.escaped(). The modules, from the bottom up:

- markup: elements, escaping, and the frame of a page with its policy.
- standing: what became of a submission, in one word; who is who.
- figures: what is counted over a class.
- charts: bars and the distribution, as pictures within a page.
- failures: failed tests, explained.
- submission_page, class_page: the two kinds of page.
- writing: `write_pages()`, the entry for other programs.
- command: `grader/pages`.
"""
