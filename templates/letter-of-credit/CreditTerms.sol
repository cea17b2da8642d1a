// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ILetterOfCredit} from "./ILetterOfCredit.sol";

/// @title What the parties of a credit agreed on
/// @dev Knows the arguments and nothing else.
abstract contract CreditTerms is ILetterOfCredit {
  using Memory for bytes;
  using Memory for Memory.Slice;

  struct Arguments {
    address applicant;
    address beneficiary;
    address issuer;
    address arbiter;
    address token;
    uint96 amount;
    bool parts;
    bytes32[] documents;
    uint48 expires;
    uint32 tenor;
    uint32 examination;
    uint32 appeal;
    uint32 ruling;
    bytes32 text;
  }

  uint256 private constant _MOST_DOCUMENTS = 8;
  /// @dev Bytes before the number of documents, of each document's name, and with one of them.
  uint256 private constant _FIXED = 167;
  uint256 private constant _DOCUMENT = 32;
  uint256 private constant _LEAST = 200;
  /// @dev After the last second of the last default, for whoever still has to call `settle`.
  uint256 private constant _GRACE = 30 days;

  address private immutable _IMPLEMENTATION = address(this);

  /// @inheritdoc ILetterOfCredit
  function applicant() external view returns (address) {
    return _arguments().applicant;
  }

  /// @inheritdoc ILetterOfCredit
  function beneficiary() external view returns (address) {
    return _arguments().beneficiary;
  }

  /// @inheritdoc ILetterOfCredit
  function issuer() external view returns (address) {
    return _arguments().issuer;
  }

  /// @inheritdoc ILetterOfCredit
  function arbiter() external view returns (address) {
    return _arguments().arbiter;
  }

  /// @inheritdoc ILetterOfCredit
  function token() external view returns (address) {
    return _arguments().token;
  }

  /// @inheritdoc ILetterOfCredit
  function amount() external view returns (uint256) {
    return _arguments().amount;
  }

  /// @inheritdoc ILetterOfCredit
  function documents() external view returns (string[] memory names) {
    bytes32[] memory required = _arguments().documents;
    names = new string[](required.length);
    for (uint256 place = 0; place < required.length; ++place) names[place] = _name(required[place]);
  }

  /// @inheritdoc ILetterOfCredit
  function terms() external view returns (uint256 expires, bool parts, uint256 tenor) {
    Arguments memory given = _arguments();
    return (given.expires, given.parts, given.tenor);
  }

  /// @inheritdoc ILetterOfCredit
  function expiresOn() external view returns (uint256) {
    return _arguments().expires;
  }

  /// @inheritdoc ILetterOfCredit
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  function _only(address allowed) internal view {
    require(msg.sender == allowed, CreditNotAllowed(allowed, msg.sender));
  }

  /// @dev Packed in the clone's code: what has a fixed size at its fixed place, then a byte with the number of
  /// documents, and their names.
  function _arguments() internal view returns (Arguments memory given) {
    require(address(this) != _IMPLEMENTATION, CreditBareImplementation());
    bytes memory encoded = Clones.fetchCloneArgs(address(this));
    require(encoded.length >= _LEAST, CreditTermsInvalid());
    uint256 count = uint8(encoded[_FIXED]);
    require(encoded.length == _FIXED + 1 + count * _DOCUMENT, CreditTermsInvalid());

    (bytes32 a, bytes32 b, bytes32 c, bytes32 d, bytes32 e, bytes32 f) = abi.decode(
      encoded,
      (bytes32, bytes32, bytes32, bytes32, bytes32, bytes32)
    );
    (given.applicant, given.beneficiary) = (address(bytes20(a)), address(bytes20((a << 160) | (b >> 96))));
    (given.issuer, given.arbiter) = (address(bytes20(b << 64)), address(bytes20((b << 224) | (c >> 32))));
    (given.token, given.amount) = (address(bytes20((c << 128) | (d >> 128))), uint96(bytes12(d << 32)));
    (given.parts, given.expires) = (bytes1(d << 128) != 0, uint48(bytes6(d << 136)));
    (given.tenor, given.examination) = (uint32(bytes4(d << 184)), uint32(bytes4((d << 216) | (e >> 40))));
    (given.appeal, given.ruling) = (uint32(bytes4((d << 248) | (e >> 8))), uint32(bytes4(e << 24)));
    given.text = (e << 56) | (f >> 200);

    given.documents = new bytes32[](count);
    Memory.Slice words = encoded.asSlice();
    for (uint256 place = 0; place < count; ++place) {
      given.documents[place] = words.load(_FIXED + 1 + place * _DOCUMENT);
    }
  }

  function _checkTerms(Arguments memory given) internal pure {
    bool named = given.applicant != address(0) && given.beneficiary != address(0) && given.issuer != address(0);
    bool apart = given.issuer != given.beneficiary && given.arbiter != given.beneficiary;
    apart = apart && given.arbiter != given.applicant && given.arbiter != given.issuer;
    bool timely = given.examination >= 1 days && given.appeal >= 1 days && given.ruling >= 1 days;
    uint256 required = given.documents.length;
    bool complete = given.amount != 0 && required != 0 && required <= _MOST_DOCUMENTS;
    require(named && apart && timely && complete, CreditTermsInvalid());
  }

  /// @dev Text is padded with zeros.
  function _name(bytes32 padded) private pure returns (string memory) {
    uint256 length = 0;
    while (length < 32 && padded[length] != 0) ++length;
    bytes memory name = new bytes(length);
    for (uint256 place = 0; place < length; ++place) name[place] = padded[place];
    return string(name);
  }

  function _expiry(Arguments memory given) internal pure returns (uint256) {
    uint256 decided = uint256(given.expires) + given.examination + given.appeal + given.ruling;
    return decided + given.tenor + _GRACE;
  }
}
