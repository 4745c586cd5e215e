"""Tests of the Vagrantfile."""

from __future__ import annotations

import re
import shutil
import unittest

from kit import ROOT, KitTest, need

ORDER = 30


class Vagrant(KitTest):
    """The virtual machine's description."""

    def test_provisions_with_the_set_up_script_and_nothing_of_its_own(self) -> None:
        text = (ROOT / "Vagrantfile").read_text(encoding="utf-8")
        provisions = re.findall(r"config\.vm\.provision (.*)", text)
        self.assertEqual(provisions, ['"shell", path: "scripts/setup.sh"'])
        self.assertIn('config.vm.box = "debian/bookworm64"', text)

    @need("vagrant")
    def test_vagrant_accepts_it(self) -> None:
        shutil.copy(ROOT / "Vagrantfile", self.folder)
        home = {"VAGRANT_HOME": str(self.folder / "home"), "VAGRANT_CWD": str(self.folder)}
        (self.folder / "scripts").mkdir()
        shutil.copy(ROOT / "scripts/setup.sh", self.folder / "scripts")
        command = ["vagrant", "validate", "--ignore-provider"]
        done = self.must_succeed(*command, cwd=self.folder, env=home)
        self.assertIn("validated successfully", done.stdout)


if __name__ == "__main__":
    unittest.main()
