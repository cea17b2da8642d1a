// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ILoyaltyPoints} from "./ILoyaltyPoints.sol";

/// @title Points that lapse
/// @dev All points of an account live as long as the youngest: each earning renews them. Whatever touches an account
/// takes its lapsed points out first, so they can neither be spent nor be renewed.
abstract contract Points is ILoyaltyPoints, ERC20 {
  struct Arguments {
    address owner;
    string name;
    string symbol;
    uint64 rate;
    uint32 lifetime;
    bool transferable;
    uint32 term;
    bytes32 text;
  }

  address private immutable _IMPLEMENTATION = address(this);

  /// @dev The last second of an account's points, 0 if they do not lapse.
  mapping(address member => uint48 until) private _until;

  constructor() ERC20("", "") {}

  /// @inheritdoc ILoyaltyPoints
  function lapse(address member) external returns (uint256 points) {
    return _lapse(member);
  }

  /// @inheritdoc ILoyaltyPoints
  function standing(address member) external view returns (uint256 points, uint256 until) {
    points = balanceOf(member);
    return (points, points == 0 ? 0 : _until[member]);
  }

  /// @inheritdoc ILoyaltyPoints
  function terms() external view returns (uint256 rate, uint256 lifetime, bool transferable, uint256 term) {
    Arguments memory given = _arguments();
    return (given.rate, given.lifetime, given.transferable, given.term);
  }

  /// @inheritdoc ILoyaltyPoints
  function text() external view returns (bytes32) {
    return _arguments().text;
  }

  /// @inheritdoc ILoyaltyPoints
  function owner() public view returns (address) {
    return _arguments().owner;
  }

  /// @inheritdoc ERC20
  function balanceOf(address account) public view override returns (uint256) {
    return _isLapsed(account) ? 0 : super.balanceOf(account);
  }

  /// @inheritdoc ERC20
  function name() public view override returns (string memory) {
    return _arguments().name;
  }

  /// @inheritdoc ERC20
  function symbol() public view override returns (string memory) {
    return _arguments().symbol;
  }

  /// @notice Points are whole.
  function decimals() public pure override returns (uint8) {
    return 0;
  }

  /// @dev Every way points move comes through here. Points that are passed on bring their time with them.
  function _update(address from, address to, uint256 value) internal override {
    Arguments memory given = _arguments();
    bool passed = from != address(0) && to != address(0);
    require(!passed || (given.transferable && to != address(this)), PointsNotTransferable(to));
    if (from != address(0)) _lapse(from);
    if (to != address(0)) _lapse(to);
    super._update(from, to, value);
    if (to == address(0) || given.lifetime == 0 || value == 0) return;
    uint48 until = passed ? _until[from] : uint48(block.timestamp) + given.lifetime;
    if (until > _until[to]) _until[to] = until;
  }

  function _lapse(address member) internal returns (uint256 points) {
    if (!_isLapsed(member)) return 0;
    points = super.balanceOf(member);
    if (points != 0) super._update(member, address(0), points);
  }

  /// @dev The arguments were encoded one by one; a struct with a text has its offset before it.
  function _arguments() internal view returns (Arguments memory) {
    require(address(this) != _IMPLEMENTATION, PointsBareImplementation());
    return abi.decode(bytes.concat(bytes32(uint256(32)), Clones.fetchCloneArgs(address(this))), (Arguments));
  }

  function _isLapsed(address member) private view returns (bool) {
    uint48 until = _until[member];
    return until != 0 && block.timestamp > until;
  }
}
