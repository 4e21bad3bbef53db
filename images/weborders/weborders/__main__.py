"""`python -m weborders`."""

from weborders.cli import main

if __name__ == "__main__":
    main()
