/**
 * @file ATTACK: The assembler reads a device that keeps it waiting. No limit on processor time
 * ends that.
 */

__asm__(".include \"/dev/ptmx\"");
