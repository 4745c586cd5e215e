/**
 * @file ATTACK: The assembler reads the list of mounts as source. Its messages might show where
 * the host's folders are.
 */

__asm__(".include \"/proc/self/mountinfo\"");
