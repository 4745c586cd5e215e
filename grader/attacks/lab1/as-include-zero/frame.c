/**
 * @file ATTACK: The assembler reads a file without end. It uses all the memory that it may.
 */

__asm__(".include \"/dev/zero\"");
