/**
 * @file ATTACK: A few lines cause a million errors. Messages might fill a disk.
 */

#define A                                                                                          \
    __builtin_frame_nothing(0);                                                                    \
    int x = "y";                                                                                   \
    frame_no + ;
#define B A A A A A A A A A A
#define C B B B B B B B B B B
#define D C C C C C C C C C C
#define E D D D D D D D D D D
#define F E E E E E E E E E E
void frame_errors(void)
{
    F F F F F
}
