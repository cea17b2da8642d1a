// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IYuanReports} from "./IYuanReports.sol";

/// @title Who may report, and how that changes
/// @dev The timelock names a new reporter, everyone sees it for 7 days, then anyone makes the change. A former
/// reporter's reports count no more, because only seats are read.
abstract contract YuanReporters is IYuanReports {
  /// @notice How long a change is visible before it happens, in seconds
  uint256 public constant ROTATION_DELAY = 7 days;

  uint256 private constant _FEWEST = 3;
  uint256 private constant _MOST = 11;

  struct Change {
    address replacement;
    uint48 ready;
  }

  address private immutable _TIMELOCK;

  address[] private _reporters;
  mapping(address reporter => bool) private _seated;
  mapping(uint256 seat => Change) private _changes;

  constructor(address[] memory reporters_, address timelock_) {
    uint256 count = reporters_.length;
    if (count < _FEWEST || count > _MOST) revert YuanFeedSeatsOutOfBounds(count);
    if (timelock_.code.length == 0) revert YuanFeedTimelockInvalid(timelock_);
    for (uint256 i; i < count; ++i) {
      _checkNewcomer(reporters_[i]);
      _seated[reporters_[i]] = true;
    }
    _reporters = reporters_;
    _TIMELOCK = timelock_;
  }

  /// @inheritdoc IYuanReports
  function proposeRotation(uint256 seat, address replacement) external {
    if (msg.sender != _TIMELOCK) revert YuanFeedNotTimelock(msg.sender);
    if (seat >= _reporters.length) revert YuanFeedRotationMissing(seat);
    _checkNewcomer(replacement);
    uint256 ready = block.timestamp + ROTATION_DELAY;
    _changes[seat] = Change({replacement: replacement, ready: uint48(ready)});
    emit ReporterProposed(seat, _reporters[seat], replacement, ready);
  }

  /// @inheritdoc IYuanReports
  function rotate(uint256 seat) external {
    Change memory change = _changes[seat];
    if (change.replacement == address(0)) revert YuanFeedRotationMissing(seat);
    if (block.timestamp < change.ready) revert YuanFeedRotationEarly(change.ready);
    _checkNewcomer(change.replacement);
    delete _changes[seat];

    address former = _reporters[seat];
    _seated[former] = false;
    _seated[change.replacement] = true;
    _reporters[seat] = change.replacement;
    emit ReporterRotated(seat, former, change.replacement);
  }

  /// @notice Who may change reporters
  function timelock() external view returns (address) {
    return _TIMELOCK;
  }

  /// @inheritdoc IYuanReports
  function reporters() public view returns (address[] memory) {
    return _reporters;
  }

  function _hasSeat(address account) internal view returns (bool) {
    return _seated[account];
  }

  function _checkNewcomer(address reporter) private view {
    if (reporter == address(0) || _seated[reporter]) revert YuanFeedReporterInvalid(reporter);
  }
}
