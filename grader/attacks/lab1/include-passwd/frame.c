/**
 * @file ATTACK: The host's accounts are included. Messages of the compiler might show them.
 */

#include "/etc/passwd"
