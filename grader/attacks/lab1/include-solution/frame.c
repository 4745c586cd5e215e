/**
 * @file ATTACK: The solution is included by a path relative to the headers. A macro and a line
 * splice hide it from a search of the text.
 */

#define PLACE(x) #x
#define SOLUTION                                                                                   \
    PLACE(../ solut\
ions / lab1 -                                                                                      \
          memory / frame.c)
#include SOLUTION
