"""The room's pages: secret links, signing in, one's own account, the users."""

from booking.accounts.views import account, links, sign_in, single_sign_on, users
from booking.accounts.views.blueprint import bp

__all__ = ["account", "bp", "links", "sign_in", "single_sign_on", "users"]
