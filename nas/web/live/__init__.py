"""What happens in searches, told to browsers and programs the moment it is in the database.

| module     | what it is                                                                     |
|------------|--------------------------------------------------------------------------------|
| `messages` | a server-sent event of a log entry, of a search                                |
| `channel`  | the newest messages of one search, for all who follow it                       |
| `overview` | the newest line of every search, for all who follow the list                   |
| `clients`  | those who follow, and how they are woken from another thread                   |
| `follower` | the one thread of a process that looks into the database, for all of them      |
| `stream`   | the answer that never ends: replay, then what is new, in order, none twice     |
"""
