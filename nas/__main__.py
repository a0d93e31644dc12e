"""`python -m nas`: the command line by the very interpreter that is asked, wherever its programs are."""

from nas.cli.main import main

if __name__ == "__main__":
    main()
