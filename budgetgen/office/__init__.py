"""Files of Excel and Word from strangers, and files as they lie on a disk. A YAML file loads text and files alone, no XML."""
