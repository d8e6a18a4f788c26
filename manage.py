#!/usr/bin/env python
"""Django's command line."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Layers this narrow gain nothing from a second thread, and beside another busy process two wait for each other;
    # the dense algebra of the item–item weights does gain.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count()))
    sys.stdout.reconfigure(line_buffering=True)  # each line as it comes, also into a file or to another process
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
