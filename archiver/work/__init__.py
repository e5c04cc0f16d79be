"""The hallway: the verbs, where the rooms and the world meet. Nothing here knows how."""
