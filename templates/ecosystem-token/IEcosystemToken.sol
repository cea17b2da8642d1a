// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token for an ecosystem, with a frozen expansion vault
/// @notice An ERC-20 with 8 decimals, permit and votes, all of it made once. The part for expansion is frozen in the
/// token itself: the decider releases some of it to a project, after a notice that everybody sees, and the project
/// buys back what it pledged, which is frozen again for the next one.
/// @dev Amounts of the token are in its smallest unit, 10^-8; MZ in wei; prices in wei of MZ for one whole token; times
/// in seconds since 1970; shares in basis points. Projects are numbered from 1. A project buys back by paying
/// `payAndCall(MZ, gross, this, bytes32(project), abi.encode(price))` through the Till.
interface IEcosystemToken {
  /// @notice What a project is waiting for. Proposed: the end of the notice. Released and Cancelled are for good.
  enum State {
    None,
    Proposed,
    Released,
    Cancelled
  }

  /// @notice All tokens were made; `frozen` of them are in the vault.
  event Opened(address indexed decider, uint256 supply, uint256 frozen);
  /// @notice The decider wants to release tokens to a project, from `from` on.
  event Proposed(
    uint256 indexed project,
    address indexed wallet,
    uint256 amount,
    uint256 pledge,
    uint256 from,
    bytes32 text
  );
  /// @notice The decider has changed their mind.
  event Cancelled(uint256 indexed project);
  /// @notice Tokens left the vault; the project has until `due` to buy back its pledge.
  event Released(uint256 indexed project, uint256 amount, uint256 due);
  /// @notice Tokens are frozen again, for this project.
  event Refilled(uint256 indexed project, address indexed from, uint256 amount, uint256 returned);
  /// @notice A project buys back at `price` until `until`, with `budget` of MZ.
  event RoundOpened(uint256 indexed project, uint256 budget, uint256 price, uint256 until);
  /// @notice A round is over; what was not sold for went back to the project.
  event RoundClosed(uint256 indexed project, uint256 left);

  /// @notice Payments are announced by the Till, and by nobody else.
  error EcosystemCallerNotTill(address caller);
  /// @notice Projects buy back with MZ.
  error EcosystemTokenRefused(address token);
  /// @notice Rounds are paid for at once; deposits are not taken.
  error EcosystemTakesNoDeposit();
  /// @notice The terms make no token: an account 0, parts that are not 100 %, no tokens, less than a day of notice or
  /// of a round, or releases of nothing.
  error EcosystemTermsInvalid();
  /// @notice Only this account may do this.
  error EcosystemNotAllowed(address allowed, address caller);
  /// @notice A project needs a wallet, an amount, and a pledge of at most 100 %.
  error EcosystemProjectInvalid();
  /// @notice One release is at most this much of what is frozen now.
  error EcosystemReleaseTooLarge(uint256 most, uint256 amount);
  /// @notice The wallet has not bought back what an earlier project pledged.
  error EcosystemPledgeOpen(uint256 project);
  /// @notice The project is waiting for something else.
  error EcosystemStateWrong(State state);
  /// @notice It is too early or too late for this: `limit` is the first or last second.
  error EcosystemOver(uint256 limit);
  /// @notice A round of this project is still open.
  error EcosystemRoundOpen(uint256 until);
  /// @notice The round pays nothing for this, less than asked for, or has less left.
  error EcosystemSaleRefused(uint256 pays, uint256 left);

  /// @notice The decider proposes to release tokens to a project.
  /// @param amount in the smallest unit
  /// @param pledgeBps how much of it the project is to buy back
  /// @param term seconds after the release until the pledge is due
  function propose(
    address wallet,
    uint96 amount,
    uint16 pledgeBps,
    uint32 term,
    bytes32 text
  ) external returns (uint256 number);

  /// @notice The decider takes a proposal back.
  function cancel(uint256 number) external;

  /// @notice Once the notice is over, and for 90 days, anyone carries a proposal out.
  function release(uint256 number) external;

  /// @notice Freezes tokens of the caller again, for a project.
  function refill(uint256 number, uint256 amount) external;

  /// @notice Sells tokens to a project's open round, for at least `least` of MZ; they are frozen again.
  function sell(uint256 number, uint256 amount, uint256 least) external returns (uint256 paid);

  /// @notice Once a round is over, anyone sends what is left of it to the project.
  function closeRound(uint256 number) external returns (uint256 left);

  /// @notice Sends the decider MZ that came here by other ways. Anyone may call.
  function collect() external returns (uint256 amount);

  /// @notice What is frozen, and how much of it one release may take now.
  function vault() external view returns (uint256 frozen, uint256 most);

  /// @notice A project: who received how much, and how much of the pledge came back.
  function standing(
    uint256 number
  ) external view returns (State state, address wallet, uint256 amount, uint256 pledge, uint256 returned);

  /// @notice Of a proposal the first second to release it, of a released project the second its pledge is due.
  function endsOf(uint256 number) external view returns (uint256);

  /// @notice Of a proposal the last second to release it.
  function lapsesAt(uint256 number) external view returns (uint256);

  /// @notice Whether a project is in this state.
  function isState(uint256 number, State wanted) external view returns (bool);

  /// @notice Whether a proposal can be carried out now, as far as time goes.
  function isReleasable(uint256 number) external view returns (bool);

  /// @notice Whether a project has not bought back its pledge yet.
  function isPledged(uint256 number) external view returns (bool);

  /// @notice A project's buyback: MZ that are left, the price, and the last second; 0 if there is none.
  function roundOf(uint256 number) external view returns (uint256 left, uint256 price, uint256 until);

  /// @notice The last second of a project's round, 0 if there is none.
  function roundEnds(uint256 number) external view returns (uint256);

  /// @notice Whether a project's round takes tokens now.
  function isBuying(uint256 number) external view returns (bool);

  /// @notice Whether a project's round is over and not closed.
  function isRoundOver(uint256 number) external view returns (bool);

  /// @notice Who received a project's tokens.
  function walletOf(uint256 number) external view returns (address);

  /// @notice The reference under which a project pays for a round.
  function refOf(uint256 number) external pure returns (bytes32);

  /// @notice How many projects there are.
  function projects() external view returns (uint256);

  /// @notice Who proposes; best a governance timelock.
  function decider() external view returns (address);

  /// @notice This token, for those who ask what amounts are in.
  function token() external view returns (address);
}
