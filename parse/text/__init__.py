"""Text that people read: HTML to text, safe HTML, and what a person newly wrote. Pure."""
