#!/usr/bin/env python3
"""Stands in for the program sqlite3: [-readonly] DATABASE STATEMENTS"""

import sqlite3
import sys

database, statements = [argument for argument in sys.argv[1:] if argument != "-readonly"]
connection = sqlite3.connect(database, isolation_level=None)
for statement in statements.split("; "):
    for row in connection.execute(statement):
        print("|".join(str(column) for column in row))
