// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The sale of the offering tranches for ether
/// @notice MZ are claimed after success; otherwise everyone fetches exactly what they paid. Amounts of MZ in wei of MZ.
interface IPublicSale {
  /// @notice The two tranches on offer
  enum Tranche {
    PublicOffering,
    Crowdfunding
  }

  /// @notice What the sale is made with, fixed for good
  /// @param opens unix seconds of the first second of the window
  /// @param closes unix seconds of the first second after it
  /// @param mzPerYuan wei of MZ for one yuan (0.16e18 in the whitepaper)
  /// @param softCap MZ that must be sold for the sale to succeed
  /// @param caps MZ on offer, per tranche; the sale must hold their sum
  /// @param proceeds receives what was raised
  /// @param unsoldTo receives the MZ that were not sold, 0: they burn
  struct Terms {
    uint48 opens;
    uint48 closes;
    uint256 mzPerYuan;
    uint256 softCap;
    uint256[2] caps;
    address proceeds;
    address unsoldTo;
  }

  /// @notice What a buyer has: wei paid, MZ bought
  struct Purchase {
    uint128 paid;
    uint128 bought;
  }

  /// @notice Emitted for a purchase; `returned` is ether beyond the cap that went back at once
  event Bought(address indexed buyer, Tranche indexed tranche, uint256 paid, uint256 bought, uint256 returned);
  /// @notice Emitted when a buyer took the MZ
  event PurchaseClaimed(address indexed buyer, address indexed to, uint256 amount);
  /// @notice Emitted when a buyer took the ether back
  event PurchaseRefunded(address indexed buyer, address indexed to, uint256 amount);
  /// @notice Emitted once; `sold` and `raised` are 0 if the sale failed
  event Finalised(bool succeeded, uint256 sold, uint256 raised, uint256 unsold);

  /// @notice Thrown for terms that make no sense
  error SaleTermsInvalid();
  /// @notice Thrown for an address without code where a contract is needed, or one that would lose the unsold MZ
  error SaleAddressInvalid(address account);
  /// @notice Thrown when ether comes without a call
  error SaleUseBuy();
  /// @notice Thrown outside the window
  error SaleClosed(uint256 opens, uint256 closes);
  /// @notice Thrown when the sale does not hold what it offers
  error SaleNotFunded(uint256 expected, uint256 found);
  /// @notice Thrown when a tranche has nothing left
  error SaleSoldOut(Tranche tranche);
  /// @notice Thrown when the ether buys less than the buyer wants, or nothing
  error SaleBelowMinimum(uint256 bought, uint256 minimum);
  /// @notice Thrown when ether is not taken
  error SaleSendRefused(address to, uint256 amount);
  /// @notice Thrown when MZ are claimed from a sale that is open or has failed
  error SaleNotSucceeded();
  /// @notice Thrown when ether is asked back from a sale that is open or has succeeded
  error SaleNotFailed();
  /// @notice Thrown when the sale is still open
  error SaleNotOver();
  /// @notice Thrown the second time
  error SaleFinalised();
  /// @notice Thrown when the caller has bought nothing, or has had it
  error SaleNothingDue(address buyer);

  /// @notice Buys MZ of a tranche with the ether sent
  /// @param minimum the least MZ the caller wants for it
  /// @return bought MZ, to be claimed after success
  function buy(Tranche tranche, uint256 minimum) external payable returns (uint256 bought);

  /// @notice After success: sends the caller's MZ to `to`
  function claim(address to) external returns (uint256 amount);

  /// @notice After failure: sends the caller's ether to `to`
  function refund(address to) external returns (uint256 amount);

  /// @notice Once the sale is over, once: sends on what was raised and what was not sold; anyone may call
  function finalise() external;

  /// @notice What an amount of ether would buy now, caps aside; needs a fresh price
  function quote(uint256 amount) external view returns (uint256 mzAmount);

  /// @notice Whether buyers can claim
  function succeeded() external view returns (bool);

  /// @notice Whether buyers can have their ether back
  function failed() external view returns (bool);

  /// @notice MZ sold of a tranche
  function soldOf(Tranche tranche) external view returns (uint256);

  /// @notice Wei that buyers have paid, all together
  function raised() external view returns (uint256);

  /// @notice What a buyer has
  function purchaseOf(address buyer) external view returns (Purchase memory);

  /// @notice What the sale was made with
  function terms() external view returns (Terms memory);
}
