// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IMZ} from "../token/IMZ.sol";
import {Catalogue} from "./Catalogue.sol";
import {ICatalogue} from "./ICatalogue.sol";
import {IQuoter} from "./IQuoter.sol";
import {ITemplates} from "./ITemplates.sol";

/// @title What a use or an upgrade costs, and its payment
/// @dev An author's quoter can only lower the price that the user agreed to, so it is no part of the agreement.
abstract contract Charges is Catalogue {
  using SafeERC20 for IMZ;

  uint256 private constant _BASIS_POINTS = 10_000;
  uint256 private constant _FEE_LEAST = 50;
  uint256 private constant _FEE_MOST = 100;
  /// @dev What a quoter may burn of the user's gas.
  uint256 private constant _QUOTE_GAS = 50_000;
  /// @dev At least this must be left for the quoter to get all of it (EIP-150 keeps back one part in 64): otherwise a
  /// wallet that looks for the smallest gas limit would find one at which the quoter fails and the full price is paid.
  uint256 private constant _QUOTE_RESERVE = 52_000;

  /// @inheritdoc ITemplates
  uint256 public immutable feeBps;

  mapping(bytes32 id => mapping(uint32 version => address quoter)) private _quoters;

  /// @param feeBps_ burned of every price, in basis points, 50 to 100
  constructor(uint256 feeBps_) {
    require(feeBps_ >= _FEE_LEAST && feeBps_ <= _FEE_MOST, TemplatesFeeOutOfBounds(feeBps_, _FEE_LEAST, _FEE_MOST));

    feeBps = feeBps_;
  }

  /// @inheritdoc ICatalogue
  function setIncentive(bytes32 id, uint32 version, address quoter) external {
    Release storage release = _ownRelease(id, version);
    release.quoted = quoter != address(0);
    _quoters[id][version] = quoter;
    emit IncentiveSet(id, version, quoter);
  }

  /// @inheritdoc ICatalogue
  function priceOf(bytes32 id, uint32 version, address user, bytes calldata data) external view returns (uint256) {
    return _quote(_release(id, version), id, version, user, data);
  }

  /// @inheritdoc ICatalogue
  function quoterOf(bytes32 id, uint32 version) external view returns (address) {
    return _quoters[id][version];
  }

  /// @inheritdoc ITemplates
  function feeOn(uint256 price) public view returns (uint256) {
    return (price * feeBps + _BASIS_POINTS - 1) / _BASIS_POINTS;
  }

  /// @dev The version, if it is open and is what the user agreed to.
  function _agreedRelease(bytes32 id, uint32 version, bytes32 given) internal view returns (Release storage release) {
    release = _release(id, version);
    require(!release.retired, TemplatesVersionRetired(id, version));
    bytes32 agreed = _agreed(release);
    require(given == agreed, TemplatesTermsMismatch(agreed, given));
  }

  /// @dev Takes the price from the caller; the payee gets it less the fee, which burns.
  function _charge(
    Release storage release,
    bytes32 id,
    uint32 version,
    bytes calldata data
  ) internal returns (uint256 price, uint256 fee) {
    price = _quote(release, id, version, msg.sender, data);
    fee = feeOn(price);
    if (price != 0) {
      _MZ.burnFrom(msg.sender, fee);
      _MZ.safeTransferFrom(msg.sender, release.payee, price - fee);
    }
  }

  /// @dev A permit that somebody else has sent already fails here and yet stands as an allowance.
  function _usePermit(Permit calldata permit) internal {
    try _MZ.permit(msg.sender, address(this), permit.value, permit.deadline, permit.v, permit.r, permit.s) {} catch {}
  }

  /// @dev Whatever the quoter does, the price is at most the published one. It may answer with so much that copying it
  /// costs the user some 60,000 gas more, and no more than that: it has to pay for the memory itself.
  function _quote(
    Release storage release,
    bytes32 id,
    uint32 version,
    address user,
    bytes calldata data
  ) private view returns (uint256 price) {
    price = release.price;
    if (!release.quoted || price == 0) return price;

    bytes memory question = abi.encodeCall(IQuoter.quote, (user, id, version, data));
    require(gasleft() >= _QUOTE_RESERVE, TemplatesGasTooLow(gasleft(), _QUOTE_RESERVE));
    (bool ok, bytes memory answer) = _quoters[id][version].staticcall{gas: _QUOTE_GAS}(question);
    if (!ok || answer.length != 32) return price;
    uint256 quoted = abi.decode(answer, (uint256));
    return quoted < price ? quoted : price;
  }
}
