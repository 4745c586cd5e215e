/**
 * @file ATTACK: The assembler prints a line a hundred million times. Messages might fill a disk.
 */

__asm__(".rept 100000000\n.print "
        "\"0123456789012345678901234567890123456789012345678901234567890123456789\"\n.endr");
