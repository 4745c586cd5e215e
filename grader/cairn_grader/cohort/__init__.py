"""A class: many submissions of one lab, graded by one command, `grader/class`.

A submission becomes a set of files, and a set of files becomes a task that is named by its
content, so that the same work is never graded twice. An executor has the tasks done, here or on
a cluster; what it leaves behind lies in the class folder, and nowhere else. The modules, from the
bottom up:

- members, tar_reader, zip_reader, folder_reader: what a submission holds, within limits.
- intake: which of its files are graded.
- names, roster, listing: who is in the class, and whose a submission is.
- settings, kit: what results depend on, and their keys.
- executor, store: the class folder.
- reference, task, worker: grading one set of files after the other.
- local, slurm, slurm_commands: where that is done.
- documents, similarity, outputs: what a run leaves.
- progress, run, command: a run, and what people type.
"""
