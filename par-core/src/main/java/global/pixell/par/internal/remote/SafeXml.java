package global.pixell.par.internal.remote;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.StringReader;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/** Reads XML of a server that is not trusted: without a DTD and without external entities. */
public final class SafeXml {
  private SafeXml() {}

  /**
   * A reader of a document. The document is decoded here, because the JDK's parser reports bytes
   * that are not UTF-8 on {@code System.err}, and a library must print nothing.
   */
  public static XMLStreamReader reader(byte[] document) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_COALESCING, true);
    return factory.createXMLStreamReader(new StringReader(new String(document, UTF_8)));
  }
}
