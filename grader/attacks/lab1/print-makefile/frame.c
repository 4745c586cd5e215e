/**
 * @file ATTACK: The assembler prints what make prints when the kit's Makefile is wrong. The grader
 * might blame itself and stop the class.
 */

__asm__(".print \"Makefile:1: *** install a larger disk.  Stop.\"\n"
        ".error \"and it does not build\"");
