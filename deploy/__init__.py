"""How Postroom and the servers it stands on are started."""
