// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Guest book
/// @notice One entry for each visitor, kept for good.
contract GuestBook {
  uint256 private constant _MOST = 280;

  string private _place;
  string private _latest;
  uint256 private _entries;
  /// @notice Whether somebody has written already.
  mapping(address guest => bool) public signed;

  /// @notice Emitted for each entry
  event Signed(uint256 indexed entry, address indexed guest, string words);

  /// @notice Thrown when an entry is empty or too long, in bytes
  error GuestBookWordsInvalid(uint256 size, uint256 most);
  /// @notice Thrown when the guest has written already
  error GuestBookSigned(address guest);

  constructor(string memory place) {
    _place = place;
  }

  /// @notice Write into the book, once.
  function sign(string calldata words) external {
    uint256 size = bytes(words).length;
    require(size != 0 && size <= _MOST, GuestBookWordsInvalid(size, _MOST));
    require(!signed[msg.sender], GuestBookSigned(msg.sender));

    signed[msg.sender] = true;
    _latest = words;
    emit Signed(++_entries, msg.sender, words);
  }

  /// @notice Whose book it is, how many have written, and the latest entry.
  function latest() external view returns (string memory place, uint256 entries, string memory words) {
    return (_place, _entries, _latest);
  }
}
