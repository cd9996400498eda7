"""What a column of a table may hold: one file for each kind; a column is of the first that fits, in this order."""

from wgan.data.tables.kinds.category import Category
from wgan.data.tables.kinds.constant import Constant
from wgan.data.tables.kinds.identifier import Identifier
from wgan.data.tables.kinds.moment import Moment
from wgan.data.tables.kinds.number import Number
from wgan.data.tables.kinds.yesno import YesNo

__all__ = ["Constant", "YesNo", "Moment", "Identifier", "Number", "Category"]  # noqa: RUF022 - likewise
