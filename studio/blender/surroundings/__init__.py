"""The set: what the subject stands on and in front of, what stands around, and the sky. Sizes in metres, under one empty that can turn."""
