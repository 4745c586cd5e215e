/**
 * @file ATTACK: A file of the host is put into the image. The kernel could show it on the console.
 */

__asm__(".incbin \"/etc/passwd\"");
