"""Letters: written with what they tell about, sent later."""
