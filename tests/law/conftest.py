"""Property tests here judge answers, never speed: a busy machine must not fail them."""

from hypothesis import settings

settings.register_profile("law", deadline=None)
settings.load_profile("law")
