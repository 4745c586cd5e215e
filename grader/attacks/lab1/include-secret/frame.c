/**
 * @file ATTACK: A file of the host is included, named by its whole path. Messages of the compiler
 * might show it; the test puts the path here.
 */

#include "SECRET_FILE"
