# The tour of lab 3, which `make tour LAB=3` makes; docs/tours/lab3-ipc.md is its page.
title The tour of lab 3
boot run=echo,echo:echo::two,ping:3:echo::two/table,vfs+1,posix,@count,jobs,submit slowpath

stop A server enters its name
say The first echo server has made an endpoint and asks the kernel for a name.
go name_register
backtrace
print name
finish
names

stop A namespace look-up
say The program ping looks for a server. The name that it asks for is not in the table; the longest
say one of which it is a part is.
go name_lookup if process_running->pid == 4
print name
names
finish
print match.name
print match.matched
print match.endpoint

stop A message at its sender
say ping has its question copied into the kernel. The third question is the first one to look at.
go endpoint_call if process_running->pid == 4 && process_running->ipc->message.length > 9
backtrace
message
waits

stop A message on its way
say The server waits, so the message is copied into its struct ipc at once; the kernel writes
say there who has sent it. Nobody asks the scheduler who comes next: it is the server.
go scheduler_run if next->pid == 3
message 3
waits
endpoints

stop A message at its receiver
say The server is in ring 3 again, with a copy in its own memory.
go echo handle_query
backtrace
x/6xw message
x/2c message->data + 4
handles

stop An answer
say The reply names the caller and its request, and nothing else: that is the right to answer.
go endpoint_reply_receive
message
waits
say The caller goes on in ring 3, where it compares the answer with its question.
go ping memcmp
message
x/2c a
waits

stop A system call that becomes a message
say The program posix opens a file as it would in Linux. It knows nothing of messages.
go endpoint_call if process_running->pid == 6
backtrace
message

stop A program in ring 0
say This program has been started in the kernel itself. Its system calls are calls of functions.
go sys_sleep if process_running->pid == 7
stackwalk
print $cs & 3

stop An answer that comes later
say The server jobs answers at once, with a number for the job, and signals when it is done.
go endpoint_reply
message
waits
handles
notifications
