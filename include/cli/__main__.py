"""`python -m include.cli`: what ./storekeeper runs."""

from include.cli.app import main
from include.cli.command_line import end_with

if __name__ == "__main__":
    end_with(main)
