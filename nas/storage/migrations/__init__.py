"""The history of the tables. To change them: change `nas.storage.models`, add the next numbered file to `versions`.

`nas.storage.schema` runs the history when a database is opened, in one transaction, on the connection it hands to
`env`. Revisions are numbers of four digits, so that they sort by age.
"""
