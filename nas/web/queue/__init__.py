"""What is handed in over the API and run on this machine, one process of `nas` after the other.

| module      | what it is                                                                                        |
|-------------|---------------------------------------------------------------------------------------------------|
| `runner`    | the thread of a dashboard that takes what waits, and says in the database what became of it       |
| `orders`    | a submission as a command line, a configuration file and an environment                           |
| `toml_text` | that file's text                                                                                  |
| `targets`   | the directories that networks are handed over into                                                |
| `places`    | the private directory of a process that runs: its orders, its last words, and whether it lives    |
| `private_files` | files that only their owner can read                                                          |
| `starting`  | how a process is started once, though the dashboard may be killed meanwhile                       |
| `attendant` | the small process around it, which outlives the dashboard and keeps its words and its exit code   |
| `endings`   | what became of it, in words                                                                       |

The database says what is to be run and what was; it is enough for any dashboard to go on where another one was killed.
"""
