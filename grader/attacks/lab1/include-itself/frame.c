/**
 * @file ATTACK: The file includes itself twice. The work doubles with each level.
 */

#include __FILE__
#include __FILE__
