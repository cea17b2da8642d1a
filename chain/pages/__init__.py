"""What the node answers to browsers and file clients: the page, its health, and files by their content address.

    pages.py      which path is answered by what
    files.py      the static page
    checks.py     `/api/check`: a template's files looked at for their author
    ipfs.py       `/ipfs/<cid>` and the Kubo-compatible `/api/v0/…`
    multipart.py  uploaded files out of a form body
    data.py       `/data/v1/…`: lists and series out of the index; `lists.py` says which rows,
                  `in_words.py` how they read, `cursor.py` from where

No HTTP parsing here and no sockets: a request comes in as values and an `Answer` goes out.
"""

from chain.pages.answer import Answer
from chain.pages.checks import Checked, Checks
from chain.pages.data import Data
from chain.pages.pages import Pages

__all__ = ["Answer", "Checked", "Checks", "Data", "Pages"]
