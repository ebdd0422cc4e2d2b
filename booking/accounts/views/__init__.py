"""The room's pages: secret links, signing in, one's own account, the users.

Those of single sign-on are taken in where it is set up: the library that talks to providers is large.
"""

from booking.accounts.views import account, links, sign_in, users
from booking.accounts.views.blueprint import bp

__all__ = ["account", "bp", "links", "sign_in", "users"]
