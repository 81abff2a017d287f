package global.pixell.par.testkit.internal.s3.model;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.ErrorHandler;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;

/** Parses XML documents of clients; never resolves external entities. */
public final class XmlDocument {

  private XmlDocument() {}

  /**
   * Parses a document and returns its root.
   *
   * @throws S3ErrorException MalformedXML when the text is not XML, or has another root or an
   *     element that is not in the schema; NotImplemented for an element that the fake does not
   *     implement
   */
  public static Element root(byte[] document, String name, XmlSchema schema) throws IOException {
    if (document.length == 0) {
      throw new S3ErrorException(400, "MissingRequestBodyError", "Request Body is empty");
    }
    try {
      Element root = parser().parse(new ByteArrayInputStream(document)).getDocumentElement();
      if (name(root).equals(name)) {
        schema.check(root);
        return root;
      }
    } catch (SAXException e) {
      // Reported below.
    }
    throw S3ErrorException.malformedXml();
  }

  private static DocumentBuilder parser() {
    try {
      var factory = DocumentBuilderFactory.newInstance();
      factory.setNamespaceAware(true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      DocumentBuilder parser = factory.newDocumentBuilder();
      parser.setErrorHandler(new Silent());
      return parser;
    } catch (ParserConfigurationException e) {
      throw new AssertionError("the JDK's parser has these features", e);
    }
  }

  /** The child elements with a name, in any namespace. */
  public static List<Element> children(Element parent, String name) {
    var found = new ArrayList<Element>();
    for (Node child = parent.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child instanceof Element element && name(element).equals(name)) {
        found.add(element);
      }
    }
    return found;
  }

  /** The text of a child; empty without one. */
  public static String text(Element parent, String name) {
    return children(parent, name).stream().findFirst().map(Element::getTextContent).orElse("");
  }

  static String name(Element element) {
    String local = element.getLocalName();
    return local == null ? element.getTagName() : local;
  }

  /** The default handler prints to stderr. */
  private static final class Silent implements ErrorHandler {
    @Override
    public void warning(SAXParseException e) {}

    @Override
    public void error(SAXParseException e) throws SAXParseException {
      throw e;
    }

    @Override
    public void fatalError(SAXParseException e) throws SAXParseException {
      throw e;
    }
  }
}
