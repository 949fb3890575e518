"""What a mail is, beside what it says: automatic, a bounce, forwarded, trusted; each with its evidence. Pure."""
