#!/bin/sh
# Makes a bootable CD image: GRUB and a kernel.
#
#   scripts/iso.sh KERNEL.elf OUT.iso ["COMMAND LINE" [MODULE...]]
#
# GRUB loads KERNEL.elf by Multiboot with the command line and the module files, without waiting. The
# image holds only the GRUB modules that this needs, and the same input gives the same bytes.
set -eu

fail()
{
    echo "iso.sh: $*" >&2
    exit 1
}

[ $# -ge 2 ] || fail "usage: scripts/iso.sh KERNEL.elf OUT.iso [\"COMMAND LINE\" [MODULE...]]"
kernel=$1
image=$2
command_line=${3-}
shift 2
[ $# -eq 0 ] || shift
[ -f "$kernel" ] || fail "$kernel is missing; build it with: make kernel"
for tool in grub-mkrescue xorriso mformat; do
    command -v "$tool" > /dev/null || fail "$tool is not installed; run scripts/setup.sh"
done
platform=$(dirname "$(readlink -f "$(command -v grub-mkrescue)")")/../lib/grub/i386-pc
[ -d "$platform" ] || fail "GRUB's i386-pc modules are not installed; run scripts/setup.sh"
case $command_line in
*[\'\"\\\$\;\&\|\<\>{}]*) fail "the command line has a character that GRUB would interpret" ;;
esac

tree=$(mktemp -d "${TMPDIR:-/tmp}/cairn-iso.XXXXXX")
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/boot/grub"
cp "$kernel" "$tree/boot/kernel.elf"
"${STRIP:-strip}" --strip-debug "$tree/boot/kernel.elf"
{
    echo "multiboot /boot/kernel.elf $command_line"
    for module in "$@"; do
        [ -f "$module" ] || fail "the module $module is missing"
        name=$(basename "$module")
        cp "$module" "$tree/boot/$name"
        echo "module /boot/$name $name"
    done
    echo "boot"
} > "$tree/boot/grub/grub.cfg"

# A fixed date everywhere: 2000-01-01, or SOURCE_DATE_EPOCH.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-946684800}
export SOURCE_DATE_EPOCH TZ=UTC
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S)00
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

log=$(grub-mkrescue --directory="$platform" --output="$image.new" \
    --install-modules="biosdisk iso9660 multiboot normal" --modules="" \
    --locales="" --fonts="" --themes="" --compress=no \
    "$tree" -- -volume_date uuid "$date" -volume_date all_file_dates "$date" 2>&1) || {
    echo "$log" >&2
    fail "grub-mkrescue could not make $image"
}
mv "$image.new" "$image"
