//! The contract that the project publishes: the WSDL and the schema.

/// The path of the service.
pub(crate) const PATH: &str = "/core-bank/soap/v1";

/// The path of the WSDL.
pub(crate) const WSDL_PATH: &str = "/core-bank/soap/v1/core-bank.wsdl";

/// The path of the schema, which the WSDL names relative to its own.
pub(crate) const XSD_PATH: &str = "/core-bank/soap/v1/core-bank.xsd";

/// The schema of all elements in headers, bodies and faults.
pub const XSD: &str = include_str!("../wsdl/core-bank.xsd");

/// The address in the WSDL as it is published, in place of a bank's own.
const ORIGIN: &str = "https://bank.example";

/// The WSDL, with the address of a bank at `origin`: scheme, host and port.
pub fn wsdl(origin: &str) -> String {
    include_str!("../wsdl/core-bank.wsdl").replace(ORIGIN, &quick_xml::escape::escape(origin))
}
