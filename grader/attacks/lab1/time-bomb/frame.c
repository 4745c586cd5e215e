/**
 * @file ATTACK: The assembler sets a symbol five hundred million times. It takes as long as it
 * may.
 */

__asm__(".macro busy\n"
        ".rept 10000\n"
        ".if 0\n"
        ".endif\n"
        ".endr\n"
        ".endm\n"
        ".rept 50000\n"
        "busy\n"
        ".endr\n");
