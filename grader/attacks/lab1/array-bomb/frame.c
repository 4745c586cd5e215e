/**
 * @file ATTACK: A table of constants takes one line. The compiler must write out a gibibyte.
 */

const int frame_table[1 << 28] = {[0 ...(1 << 28) - 1] = 7};
