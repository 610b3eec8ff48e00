"""The pages of orders: a list, one order on one time axis, and the form that places one."""
