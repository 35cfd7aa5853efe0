"""First program of a controller whose flash is an image: as the ports' `_boot.py` and `main.c`.

Arguments: request fd, reply fd, overlay folder, image, number of blocks, seed of torn writes, and
`main` or `raw`. The overlay is imported from the host's files, then the image becomes the root,
formatted if it holds no file system; `boot.py` and, unless `raw`, `main.py` run as scripts. The
interpreter's option -i lets the prompt follow.
"""

import gc
import sys


def _attach() -> None:
    arguments = sys.argv
    sys.path[0] = arguments[3]
    import _emu

    _emu.attach(int(arguments[1]), int(arguments[2]))
    import os

    import _charged
    import _entropy
    from _chip import take_flash
    from _flash import Flash, spend

    # Whatever a firmware may import must be there before the host's files are gone.
    for name in ("machine", "time", "_fault"):
        __import__(name)
    _charged.install()
    _entropy.install()
    flash = Flash(open(arguments[4], "r+b"), int(arguments[5]), int(arguments[6]), spend)
    root = take_flash(flash)
    os.umount("/")
    try:
        system = os.VfsLfs2(flash, progsize=256)
    except OSError:
        os.VfsLfs2.mkfs(flash, progsize=256)
        system = os.VfsLfs2(flash, progsize=256)
    os.mount(system, root)
    os.chdir(root)
    folders = ["/lib"] if root == "/" else [root, root + "/lib"]
    sys.path[:] = ["", ".frozen"] + folders
    gc.collect()


def _run(script: str) -> bool:
    """Run a script if it is there; False if it failed. One that exits boots the board softly."""
    import _emu
    from _layout import OP_SCRIPT, OP_SOFT_RESET

    try:
        open(script).close()
    except OSError:
        return True
    try:
        _emu.operate(OP_SCRIPT, 0)
        _emu.exchange(0)
        execfile(script)
    except _emu.BoardGone:
        raise
    except SystemExit:
        _emu.operate(OP_SOFT_RESET, 0)
        _emu.exchange(0)
    except BaseException as error:  # as the interpreter does: tell, then prompt
        sys.print_exception(error)
        return False
    return True


def _prompt() -> None:
    """Tell the board that silence is a person's from now on."""
    import _emu
    from _layout import OP_PROMPT

    _emu.operate(OP_PROMPT, 0)
    try:
        _emu.exchange(0)
    except KeyboardInterrupt as error:
        sys.print_exception(error)


_attach()
if _run("boot.py") and sys.argv[-1] == "main":
    _run("main.py")
_prompt()
sys.argv.clear()
del gc, _attach, _run, _prompt
