"""The SQL: tables, connections, what is written (`store`) and what is asked (`queries`)."""
